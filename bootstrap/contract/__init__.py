"""What every integration keeps: it is created, damaged, killed and destroyed in an AWS that moto plays in this process.

`runner.py` runs it for `bootstrap integrations test`; our own tests use the rest with more variants.

    wire.py           what goes to AWS, and what stands in between: faults.py, crashes.py, authorization.py
    played.py         the AWS; accounts.py says what is in it
    deployment.py     one deployment in it; operated.py lets an operator with the printed policy run it
    world.py, life.py what must hold, whatever happens; vandalism.py is what others do
"""
