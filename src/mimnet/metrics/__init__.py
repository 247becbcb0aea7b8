"""What an edit is worth: figures with a stated convention, one file each."""
