"""A fleet: what an integration makes in one account, made in many accounts of an organization.

`integration.fleet_of` makes an integration of another one. Its graph is a CloudFormation StackSet with the template that
`export` writes, and the stacks in the accounts; AWS brings them there. All verbs then work as with any integration.
"""
