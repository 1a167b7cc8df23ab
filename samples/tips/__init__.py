"""The nine tips for large Flask projects, each as a small shop with the waste in it and its fixed twin."""
