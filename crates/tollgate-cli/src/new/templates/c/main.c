// Counts the words of each file that is named.

#include <ctype.h>
#include <stdio.h>

static long words(FILE *file) {
    long count = 0;
    int before = ' ';
    for (int c; (c = getc(file)) != EOF; before = c) {
        if (!isspace(c) && isspace(before)) count++;
    }
    return count;
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "r");
        if (!file) {
            perror(argv[i]);
            return 1;
        }
        printf("%s: %ld words\n", argv[i], words(file));
        fclose(file);
    }
    return 0;
}
