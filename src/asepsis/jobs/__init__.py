"""What needs the clock, the network and the mail: a worker that does in the background what nobody should wait for."""
