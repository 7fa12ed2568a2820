"""How many letters one text is from another (Levenshtein, 1965)."""

import numpy as np


def edit_distance(a, b):
    """Letters to insert, delete or replace, as few as can be, to make b of a: arrays of codes."""
    row = list(range(len(b) + 1))
    for i in range(len(a)):
        corner, row[0] = row[0], i + 1
        for j in range(len(b)):
            changed = corner + (a[i] != b[j])
            corner = row[j + 1]
            row[j + 1] = min(changed, corner + 1, row[j] + 1)
    return row[-1]


def codes(text):
    """The letters of a text as an array of ints."""
    return np.array(list(map(ord, text)), dtype=np.int64)


def words(text):
    """The text in one line."""
    return " ".join(text.split())


# Lincoln at Gettysburg, 1863, twice: an early draft (Hay's copy) and what he signed (Bliss's).
EARLY = words("""
Four score and seven years ago our fathers brought forth, upon this continent, a new nation,
conceived in Liberty, and dedicated to the proposition that all men are created equal. Now we are
engaged in a great civil war, testing whether that nation, or any nation, so conceived, and so
dedicated, can long endure. We are met here on a great battlefield of that war. We have come to
dedicate a portion of it as a final resting place for those who here gave their lives that that
nation might live. It is altogether fitting and proper that we should do this. But in a larger
sense we can not dedicate, we can not consecrate, we can not hallow this ground. The brave men,
living and dead, who struggled here, have consecrated it far above our poor power to add or
detract. The world will little note, nor long remember, what we say here, but can never forget
what they did here. It is for us, the living, rather to be dedicated here to the unfinished work
which they have, thus far, so nobly carried on. It is rather for us to be here dedicated to the
great task remaining before us, that from these honored dead we take increased devotion to that
cause for which they here gave the last full measure of devotion, that we here highly resolve that
these dead shall not have died in vain; that this nation shall have a new birth of freedom; and
that this government of the people, by the people, for the people, shall not perish from the
earth.
""")
SIGNED = words("""
Four score and seven years ago our fathers brought forth on this continent, a new nation,
conceived in Liberty, and dedicated to the proposition that all men are created equal. Now we are
engaged in a great civil war, testing whether that nation, or any nation so conceived and so
dedicated, can long endure. We are met on a great battle-field of that war. We have come to
dedicate a portion of that field, as a final resting place for those who here gave their lives
that that nation might live. It is altogether fitting and proper that we should do this. But, in a
larger sense, we can not dedicate, we can not consecrate, we can not hallow this ground. The brave
men, living and dead, who struggled here, have consecrated it, far above our poor power to add or
detract. The world will little note, nor long remember what we say here, but it can never forget
what they did here. It is for us the living, rather, to be dedicated here to the unfinished work
which they who fought here have thus far so nobly advanced. It is rather for us to be here
dedicated to the great task remaining before us, that from these honored dead we take increased
devotion to that cause for which they gave the last full measure of devotion, that we here highly
resolve that these dead shall not have died in vain, that this nation, under God, shall have a new
birth of freedom, and that government of the people, by the people, for the people, shall not
perish from the earth.
""")

if __name__ == "__main__":
    import autograph as ag

    print(ag.function(edit_distance)(codes(EARLY), codes(SIGNED)))
