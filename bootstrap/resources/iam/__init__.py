"""AWS Identity and Access Management: roles, policies, instance profiles."""
