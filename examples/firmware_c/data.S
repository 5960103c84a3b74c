/* Files of examples/data/monitor in flash. */
    .section .rodata.data, "a"
    .balign 4
    .global calibration_words, stream, stream_end
calibration_words:
    .incbin "../data/monitor/calibration.words"
stream:
    .incbin "../data/monitor/stream.i8"
stream_end:
    .section .note.GNU-stack, "", %progbits
