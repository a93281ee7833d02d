"""Tables that people keep: CSV, Excel and ReqIF, read as sheets of texts and written so that nothing in them runs."""
