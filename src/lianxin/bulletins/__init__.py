"""Published products: a bulletin is composed once (`document`) and set as page, docx and PDF with the same words."""
