"""What a customer brings and several vendors use: buckets with their keys and policies, and the network."""
