"""What IAM knows: which permissions a plan needs, what a policy grants, what a denial says. Pure."""
