package layer

func init() { engines["go"] = nil } // steps are in the server
