"""What is logic between settings and components: who uses what, and what one stack hands to another."""
