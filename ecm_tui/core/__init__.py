"""The rules of the clinic's calls. Pure: no loop, clock, chance, file or socket; time, ids and salts are arguments."""
