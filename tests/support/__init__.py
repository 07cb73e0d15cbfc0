"""What tests of several rooms share. Real parts and doubles, no mock library."""
