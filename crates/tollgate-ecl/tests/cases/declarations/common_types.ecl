# A file that others import.
enum Colour { Red, Green }
