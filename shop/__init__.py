"""Lead to registered shops for over-the-counter products: catalogue, stop-lines, shops, links."""
