"""What can be bought without a prescription, and where: kinds of products, stop-lines, registered shops, links."""
