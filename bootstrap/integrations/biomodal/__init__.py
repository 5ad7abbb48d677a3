"""biomodal: the duet pipeline on AWS Batch."""
