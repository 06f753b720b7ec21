"""``parley doctor``: the troubleshooting guide as a program."""
