"""Software maintenance (6): watching what can go wrong, and updates that are qualified, told of and delivered in time."""
