"""What the pages of agents and sellers share: templates, styles, texts in English and Chinese, headers."""
