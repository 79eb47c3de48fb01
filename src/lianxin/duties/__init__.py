"""What comes round by itself: duties of a period with their evidence, and what is watched and proposed to people."""
