"""ProtCLIP: proteins and text in one space."""
