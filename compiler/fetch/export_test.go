package fetch

var NewTransport = newTransport
