"""Tests of the gateway, in the order in which a release needs them."""
