"""AWS CloudFormation: StackSets, and their stacks in the accounts of an organization."""
