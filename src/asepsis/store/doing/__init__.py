"""What each change does, one module for each noun; `asepsis.store.door` brings them in."""
