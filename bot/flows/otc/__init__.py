"""Lead to over-the-counter products, or say what rules them out."""
