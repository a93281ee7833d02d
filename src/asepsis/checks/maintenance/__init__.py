"""What clause 6 asks: watching for vulnerabilities, and updates that are timely, proven, told of and whole."""
