"""What is asked of AWS before the first change: permissions, dry runs, dangerous policies, the chain of roles."""
