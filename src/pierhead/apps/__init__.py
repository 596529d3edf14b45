"""Application repositories: packages with releases and channels behind the /cnr protocol (app-registry)."""
