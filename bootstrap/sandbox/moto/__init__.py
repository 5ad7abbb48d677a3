"""Where moto is more lenient than AWS, a service a file, one function a difference."""
