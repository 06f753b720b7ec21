"""Where files are kept: a directory or a bucket, and the small pictures made of them."""
