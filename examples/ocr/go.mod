module example.com/ocr

go 1.26.8
