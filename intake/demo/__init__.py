"""The whole service on embedded servers and shipped sample mail, to be seen at work."""
