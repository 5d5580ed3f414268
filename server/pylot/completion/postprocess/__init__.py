"""Small pure steps that turn what a source wrote into what is worth showing, or into a reason for silence."""
