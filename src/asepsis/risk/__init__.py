"""Security risk management (4.2, 7): the plan, the threat model, the risks and what is done about them."""
