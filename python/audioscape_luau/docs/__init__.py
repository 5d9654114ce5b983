"""What the documentation is made of: tables of the README, pages of the reference."""
