"""Reports of a day and of a campaign."""
