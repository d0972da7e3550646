"""Is a live person there, now, as asked?"""
