"""First drafts of files that describe integrations: from a few answers, a CloudFormation template, or policies. Pure but for
`yaml_text.py`.

`content.py` makes a draft that the reader of files accepts, `toml_text.py` writes it down. What a draft could not carry over
is listed, never dropped silently.
"""
