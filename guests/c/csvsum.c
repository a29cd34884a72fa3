/* csvsum: sums the numeric columns of a CSV file or of standard input. Plain C on WASI preview 1.
 *
 * usage: csvsum [FILE]
 * The first line names the columns. Fields are separated by commas and not quoted. Ends with code 1 when a file cannot
 * be read or a line has more fields than the first one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 64
#define LINE_MAX_BYTES 4096

static char names[COLUMNS_MAX][64];
static double sums[COLUMNS_MAX];
static int numeric[COLUMNS_MAX];

static int read_header(char *line) {
    int count = 0;
    for (char *field = strtok(line, ",\r\n"); field != NULL && count < COLUMNS_MAX; field = strtok(NULL, ",\r\n")) {
        snprintf(names[count], sizeof names[count], "%s", field);
        count++;
    }
    return count;
}

static int add_line(char *line, int columns, long number) {
    int column = 0;
    for (char *field = strtok(line, ",\r\n"); field != NULL; field = strtok(NULL, ",\r\n"), column++) {
        if (column >= columns) {
            fprintf(stderr, "csvsum: line %ld has more than %d fields\n", number, columns);
            return -1;
        }
        char *end;
        double value = strtod(field, &end);
        if (end != field && *end == '\0') {
            sums[column] += value;
            numeric[column] = 1;
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    FILE *input = stdin;
    if (argc > 1 && (input = fopen(argv[1], "r")) == NULL) {
        fprintf(stderr, "csvsum: cannot read `%s`: %s\n", argv[1], strerror(errno));
        return 1;
    }
    static char line[LINE_MAX_BYTES];
    if (fgets(line, sizeof line, input) == NULL) {
        fprintf(stderr, "csvsum: no header line\n");
        return 1;
    }
    int columns = read_header(line);
    long number = 1;
    while (fgets(line, sizeof line, input) != NULL) {
        number++;
        if (add_line(line, columns, number) != 0) return 1;
    }
    printf("rows %ld\n", number - 1);
    for (int column = 0; column < columns; column++) {
        if (numeric[column]) printf("%s %.2f\n", names[column], sums[column]);
    }
    return 0;
}
