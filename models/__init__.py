"""Networks: an image goes in, arrays come out. No policy, no documents."""
