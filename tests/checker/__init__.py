"""The independent checker: reads the topics of a site and decides whether the promises were kept.

It shares no code with the product. What it knows comes from ARCHITECTURE.md (the promises, the fold, and what a
verdict may claim of two leads), from schemas/ (the contract, with the class of every field) and from config/.
It compares no names and no narratives itself: of what is only nearly equal it judges the arithmetic.
"""
