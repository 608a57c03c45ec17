"""Pictures of answers, for people who look before they read."""
