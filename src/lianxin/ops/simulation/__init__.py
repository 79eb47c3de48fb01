"""Playing a hotline centre in simulated time: people, requests and their lives, driven through the one door."""
