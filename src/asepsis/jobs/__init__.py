"""What needs the clock and the network: fetching the feeds that a user has switched on."""
