"""Who and where: centres, units, staff and their posts, categories, areas, working days, policy versions in force."""
