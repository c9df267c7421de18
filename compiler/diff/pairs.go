package diff

// same tells whether a thing of the old side is what one of the new side is called: they
// have the same path, or the one was renamed to the other.
func (c *Call) same(oldPath, path string) bool { return c.walk.now[oldPath] == path }
