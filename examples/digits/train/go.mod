module example.com/digits/train

go 1.26.0
