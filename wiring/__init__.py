"""From settings to components: one module for each part of the platform, called by `__main__.py`."""
