"""IBM Aspera on Cloud: an Aspera Transfer Cluster that reads and writes a bucket."""
