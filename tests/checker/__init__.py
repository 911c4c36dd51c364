"""The independent checker: reads the topics of a site and decides whether the promises were kept.

It shares no code with the product. What it knows comes from ARCHITECTURE.md (the promises and the fold that
defines every verdict), from schemas/ (the contract, with the class of every field) and from config/.
"""
