"""`aclf mcp`: the warehouse as read-only tools for an assistant, by the Model Context Protocol."""
