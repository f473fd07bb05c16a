"""What can be bought without a prescription, and where: kinds of products, registered shops, links."""
